#include "bt/bencode/writer.hpp"

#include <utility>

#include "bt/core/assert.hpp"

namespace bt::bencode {

Writer& Writer::integer(std::int64_t value) {
    begin_value();
    append(out_, "i" + std::to_string(value) + "e");
    return *this;
}

Writer& Writer::string(std::string_view value) {
    begin_value();
    put_length_prefixed(value);
    return *this;
}

Writer& Writer::raw(Bytes value) {
    BT_ASSERT(!value.empty());
    begin_value();
    append(out_, value);
    return *this;
}

Writer& Writer::begin_list() {
    begin_value();
    append(out_, "l");
    open_.emplace_back();
    return *this;
}

Writer& Writer::begin_dictionary() {
    begin_value();
    append(out_, "d");
    open_.emplace_back().dictionary = true;
    return *this;
}

Writer& Writer::key(std::string_view key) {
    BT_ASSERT(!open_.empty());
    auto& frame = open_.back();
    BT_ASSERT(frame.dictionary && !frame.has_key);
    BT_ASSERT(!frame.any || frame.last_key < key);  // BEP 3: keys are sorted as raw strings
    frame.last_key = key;
    frame.any = true;
    frame.has_key = true;
    put_length_prefixed(key);
    return *this;
}

Writer& Writer::end() {
    BT_ASSERT(!open_.empty() && !open_.back().has_key);
    open_.pop_back();
    append(out_, "e");
    return *this;
}

ByteVector Writer::take() && {
    BT_ASSERT(open_.empty() && !out_.empty());
    return std::move(out_);
}

void Writer::begin_value() {
    if (open_.empty()) {
        BT_ASSERT(out_.empty());  // one root value
    } else if (open_.back().dictionary) {
        BT_ASSERT(open_.back().has_key);
        open_.back().has_key = false;
    }
}

void Writer::put_length_prefixed(std::string_view text) {
    append(out_, std::to_string(text.size()) + ":");
    append(out_, text);
}

}  // namespace bt::bencode
