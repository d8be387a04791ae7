#include "bt/resume/journal.hpp"

#include <algorithm>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/resume/state_builder.hpp"
#include "resume/file_set.hpp"
#include "resume/journal_format.hpp"

namespace bt::resume {
namespace {

/// Takes fields off the front of a payload that is long enough, which whoever calls it has checked.
class Fields {
public:
    explicit Fields(Bytes bytes) : bytes_(bytes) {}

    template <class T>
    T take() {
        const auto value = read_be<T>(bytes_.data());
        bytes_ = bytes_.subspan(sizeof(T));
        return value;
    }
    std::int64_t take_time() { return static_cast<std::int64_t>(take<std::uint64_t>()); }
    Bytes take_bytes(std::size_t count) {
        const auto out = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return out;
    }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }

private:
    Bytes bytes_;
};

/// Whether the fields of a record mean something for this torrent is looked at here; what they mean
/// is the builder's.
class Reader {
public:
    explicit Reader(const metainfo::Metainfo& metainfo)
        : metainfo_(metainfo),
          builder_(State(metainfo)),
          then_(metainfo::own_files(metainfo), true),
          as_now_(are_all(wanted_files(metainfo))) {}

    bool header(Bytes bytes) {
        Fields fields(bytes);
        if (as_text(fields.take_bytes(kMagic.size())) != kMagic) return false;
        if (fields.take<std::uint32_t>() != kJournalVersion) return false;
        const auto digest = layout_digest(metainfo_);
        if (!std::ranges::equal(fields.take_bytes(20), metainfo_.info_hash.bytes)) return false;
        if (!std::ranges::equal(fields.take_bytes(20), digest)) return false;
        State state(metainfo_);
        std::ranges::copy(fields.take_bytes(16), state.epoch.boot.begin());
        state.epoch.mount = fields.take<std::uint64_t>();
        state.last_time = fields.take_time();
        builder_ = StateBuilder(std::move(state));
        return true;
    }

    /// False: nothing after it counts.
    bool record(Record type, Bytes payload) {
        Fields fields(payload);
        switch (type) {
            case Record::snapshot:
                return snapshot(fields);
            case Record::pieces:
                return pieces(fields);
            case Record::prefix:
                return prefix(fields);
            case Record::sync_begun:
                return sync_begun(fields);
            case Record::synced:
                return synced(fields);
            case Record::stamps:
                return stamps(fields);
            case Record::lost:
                return lost(fields);
            case Record::selection:
                return selection(fields);
            case Record::parked:
                return parked(fields);
        }
        return false;
    }

    State take() {
        auto state = builder_.take();
        if (!as_now_) adapt(state, then_, metainfo_);
        return state;
    }

private:
    bool selection(Fields& fields) {
        auto files = bits_from_wire(fields.take_bytes(fields.left()), then_.size());
        if (!files) return false;
        then_ = std::move(*files);
        as_now_ = then_ == wanted_files(metainfo_);
        return true;
    }

    /// The number of a file that may have a stamp, or of the parts file of then, which is none of
    /// now.
    bool is_file(std::uint32_t file) const { return file <= then_.size(); }
    bool is_known(std::uint32_t file) const {
        return file < then_.size() || (as_now_ && file < metainfo_.files.size());
    }

    bool is_piece(PieceIndex piece) const { return piece.value() < metainfo_.layout.piece_count(); }

    bool stamps(Fields& fields) {
        if (fields.left() % kStampBytes != 0) return false;
        while (fields.left() > 0) {
            const auto file = fields.take<std::uint32_t>();
            FileStamp stamp;
            stamp.size = fields.take<std::uint64_t>();
            stamp.modified = fields.take_time();
            stamp.changed = fields.take_time();
            stamp.inode = fields.take<std::uint64_t>();
            stamp.settled = fields.take<std::uint8_t>() != 0;
            if (!is_file(file)) return false;
            if (is_known(file)) builder_.on_stamp(FileIndex(file), stamp);
        }
        return true;
    }

    bool snapshot(Fields& fields) {
        const auto count = metainfo_.layout.piece_count();
        const auto bytes = (std::size_t{count} + 7) / 8;
        const auto& so_far = builder_.state();
        if (!so_far.prefixes.empty() || !so_far.parked.empty()) return false;  // it comes first
        if (fields.left() != 3 * bytes) return false;
        auto written = Bitfield::from_wire(fields.take_bytes(bytes), count);
        auto durable = Bitfield::from_wire(fields.take_bytes(bytes), count);
        auto doubtful = Bitfield::from_wire(fields.take_bytes(bytes), count);
        if (!written || !durable || !doubtful) return false;
        for (PieceIndex piece(0); piece.value() < count; ++piece) {
            if (durable->get(piece) && !written->get(piece)) return false;
            if (doubtful->get(piece) && written->get(piece)) return false;
        }
        auto state = builder_.take();
        state.written = std::move(*written);
        state.durable = std::move(*durable);
        state.doubtful = std::move(*doubtful);
        builder_ = StateBuilder(std::move(state));
        return true;
    }

    bool pieces(Fields& fields) {
        if (fields.left() < 4) return false;
        const auto count = fields.take<std::uint32_t>();
        if (fields.left() / 4 < count) return false;
        for (std::uint32_t i = 0; i < count; ++i) {
            const PieceIndex piece(fields.take<std::uint32_t>());
            if (!is_piece(piece)) return false;
            builder_.on_piece(piece);
        }
        return stamps(fields);
    }

    bool prefix(Fields& fields) {
        if (fields.left() < 8 + 20) return false;
        const PieceIndex piece(fields.take<std::uint32_t>());
        const auto length = fields.take<std::uint32_t>();
        std::array<std::uint32_t, 5> words{};
        for (auto& word : words)
            word = fields.take<std::uint32_t>();
        if (!is_piece(piece) || length % kBlockSize != 0) return false;
        if (length > 0 && length >= metainfo_.layout.piece_size(piece)) return false;
        builder_.on_prefix(piece, {length, crypto::Sha1::at(words, length)});
        return stamps(fields);
    }

    bool parked(Fields& fields) {
        if (fields.left() < 8) return false;
        const PieceIndex piece(fields.take<std::uint32_t>());
        if (!is_piece(piece)) return false;
        const auto count = metainfo_.layout.block_count(piece);
        const auto left = fields.take<std::uint32_t>();
        if (fields.left() / 4 < left) return false;
        std::vector<std::uint32_t> given_up;
        for (std::uint32_t i = 0; i < left; ++i) {
            given_up.push_back(fields.take<std::uint32_t>());
            if (given_up.back() >= count) return false;
        }
        if (fields.left() < 4) return false;
        const auto more = fields.take<std::uint32_t>();
        if (fields.left() / 8 < more) return false;
        ParkedBlocks blocks;
        for (std::uint32_t i = 0; i < more; ++i) {
            const auto block = fields.take<std::uint32_t>();
            if (block >= count) return false;
            blocks[block] = fields.take<std::uint32_t>();
        }
        builder_.on_parked(piece, blocks, given_up);
        return stamps(fields);
    }

    bool sync_begun(Fields& fields) {
        if (fields.left() != 8) return false;
        builder_.on_sync_begun(fields.take_time());
        return true;
    }

    bool synced(Fields& fields) {
        if (fields.left() < 8 || !builder_.state().sync_in_doubt) return false;
        builder_.on_synced(fields.take_time());
        return stamps(fields);
    }

    bool lost(Fields& fields) {
        if (fields.left() != 4) return false;
        const auto file = fields.take<std::uint32_t>();
        if (!is_file(file)) return false;
        if (is_known(file)) builder_.on_lost(metainfo_, FileIndex(file));
        return true;
    }

    const metainfo::Metainfo& metainfo_;
    StateBuilder builder_;
    metainfo::Selection then_;  // wanted by the run that wrote the journal
    bool as_now_;
};

/// The header, if its checksum is right.
std::optional<Bytes> header_of(Bytes journal) {
    if (journal.size() < kHeaderBytes || journal.size() > kMaxJournalBytes) return std::nullopt;
    const auto header = journal.first(kHeaderBytes - kChecksumBytes);
    if (read_be<std::uint32_t>(journal.data() + header.size()) != checksum(0, header)) {
        return std::nullopt;
    }
    return header;
}

}  // namespace

bool is_of_other_paths(Bytes journal, const metainfo::Metainfo& metainfo) {
    const auto header = header_of(journal);
    if (!header) return false;
    Fields fields(*header);
    return as_text(fields.take_bytes(kMagic.size())) == kMagic &&
           fields.take<std::uint32_t>() == kJournalVersion &&
           std::ranges::equal(fields.take_bytes(20), metainfo.info_hash.bytes) &&
           !std::ranges::equal(fields.take_bytes(20), layout_digest(metainfo));
}

std::optional<State> read_journal(Bytes journal, const metainfo::Metainfo& metainfo) {
    const auto header = header_of(journal);
    Reader reader(metainfo);
    if (!header || !reader.header(*header)) return std::nullopt;
    auto chain = checksum(0, *header);
    auto rest = journal.subspan(kHeaderBytes);
    while (rest.size() >= kRecordHead + kChecksumBytes) {
        const auto payload = read_be<std::uint32_t>(rest.data()) & kMaxPayload;
        if (payload > rest.size() - kRecordHead - kChecksumBytes) break;
        const auto record = rest.first(kRecordHead + payload);
        chain = checksum(chain, record);
        if (read_be<std::uint32_t>(rest.data() + record.size()) != chain) break;
        const auto type = static_cast<Record>(std::to_integer<std::uint8_t>(record[0]));
        if (!reader.record(type, record.subspan(kRecordHead))) break;
        rest = rest.subspan(record.size() + kChecksumBytes);
    }
    return reader.take();
}

}  // namespace bt::resume
