#include "bt/resume/journal.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/resume/state_builder.hpp"
#include "resume/file_set.hpp"

namespace bt::resume {
namespace {

constexpr std::string_view kMagic = "bt-state";
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kHeaderBytes = 8 + 4 + 20 + 20 + 16 + 8 + 8 + kChecksumBytes;
constexpr std::size_t kRecordHead = 4;
constexpr std::size_t kMaxPayload = (1u << 24) - 1;
constexpr std::size_t kStampBytes = 4 + 8 + 8 + 8 + 8 + 1;
constexpr std::size_t kFilesARecord = 4096;

enum class Record : std::uint8_t {
    snapshot = 1,
    pieces,
    prefix,
    sync_begun,
    synced,
    stamps,
    lost,
    selection,
};

std::uint32_t checksum(std::uint32_t before, Bytes bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    std::array<std::byte, kChecksumBytes> chain{};
    write_be(chain.data(), before);
    crc.process_bytes(chain.data(), chain.size());
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

void begin_record(ByteVector& out, Record type) {
    out.push_back(std::byte{static_cast<std::uint8_t>(type)});
    out.resize(out.size() + 3);  // the length
}

void append_stamps(ByteVector& out, std::span<const StampedFile> files) {
    for (const auto& [file, stamp] : files) {
        append_be(out, file.value());
        append_be(out, stamp.size);
        append_be(out, static_cast<std::uint64_t>(stamp.modified));
        append_be(out, static_cast<std::uint64_t>(stamp.changed));
        append_be(out, stamp.inode);
        append_be(out, static_cast<std::uint8_t>(stamp.settled));
    }
}

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
        auto files = selection_from_wire(fields.take_bytes(fields.left()), then_.size());
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

JournalWriter::JournalWriter(const metainfo::Metainfo& metainfo) : metainfo_(&metainfo) {}

void JournalWriter::seal(ByteVector& record, std::size_t begin) {
    const auto payload = record.size() - begin - kRecordHead;
    BT_ASSERT(payload <= kMaxPayload);
    record[begin + 1] = static_cast<std::byte>(payload >> 16);
    record[begin + 2] = static_cast<std::byte>(payload >> 8);
    record[begin + 3] = static_cast<std::byte>(payload);
    checksum_ = checksum(checksum_, Bytes(record).subspan(begin));
    append_be(record, checksum_);
}

ByteVector JournalWriter::begin(const State& state) {
    BT_ASSERT(checksum_ == 0);
    ByteVector out;
    append(out, kMagic);
    append_be(out, kJournalVersion);
    append(out, metainfo_->info_hash.bytes);
    append(out, layout_digest(*metainfo_));
    append(out, state.epoch.boot);
    append_be(out, state.epoch.mount);
    append_be(out, static_cast<std::uint64_t>(state.last_time));
    checksum_ = checksum(0, out);
    append_be(out, checksum_);
    if (const auto wanted = wanted_files(*metainfo_); !are_all(wanted)) {
        const auto at = out.size();
        begin_record(out, Record::selection);
        append(out, selection_to_wire(wanted));
        seal(out, at);
    }
    if (!state.written.none() || !state.doubtful.none()) {
        const auto at = out.size();
        begin_record(out, Record::snapshot);
        append(out, state.written.to_wire());
        append(out, state.durable.to_wire());
        append(out, state.doubtful.to_wire());
        seal(out, at);
    }
    std::vector<StampedFile> files;
    for (std::uint32_t i = 0; i < state.stamps.size(); ++i) {
        if (state.stamps[i]) files.push_back({FileIndex(i), *state.stamps[i]});
        if (files.size() < kFilesARecord && i + 1 < state.stamps.size()) continue;
        if (!files.empty()) append(out, stamps(files));
        files.clear();
    }
    for (const auto& [piece, one] : state.prefixes)
        append(out, prefix(piece, one, {}));
    return out;
}

ByteVector JournalWriter::pieces(std::span<const PieceIndex> pieces,
                                 std::span<const StampedFile> files) {
    ByteVector out;
    begin_record(out, Record::pieces);
    append_be(out, static_cast<std::uint32_t>(pieces.size()));
    for (const auto piece : pieces)
        append_be(out, piece.value());
    append_stamps(out, files);
    seal(out, 0);
    return out;
}

ByteVector JournalWriter::prefix(PieceIndex piece, const Prefix& prefix,
                                 std::span<const StampedFile> files) {
    ByteVector out;
    begin_record(out, Record::prefix);
    append_be(out, piece.value());
    append_be(out, prefix.length);
    for (const auto word : prefix.hash.words())
        append_be(out, word);
    append_stamps(out, files);
    seal(out, 0);
    return out;
}

ByteVector JournalWriter::sync_begun(std::int64_t time) {
    ByteVector out;
    begin_record(out, Record::sync_begun);
    append_be(out, static_cast<std::uint64_t>(time));
    seal(out, 0);
    return out;
}

ByteVector JournalWriter::synced(std::int64_t time, std::span<const StampedFile> files) {
    ByteVector out;
    begin_record(out, Record::synced);
    append_be(out, static_cast<std::uint64_t>(time));
    append_stamps(out, files);
    seal(out, 0);
    return out;
}

ByteVector JournalWriter::stamps(std::span<const StampedFile> files) {
    ByteVector out;
    begin_record(out, Record::stamps);
    append_stamps(out, files);
    seal(out, 0);
    return out;
}

ByteVector JournalWriter::lost(FileIndex file) {
    ByteVector out;
    begin_record(out, Record::lost);
    append_be(out, file.value());
    seal(out, 0);
    return out;
}

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
