#include <boost/crc.hpp>
#include <utility>

#include "bt/core/assert.hpp"
#include "bt/resume/journal.hpp"
#include "resume/file_set.hpp"
#include "resume/journal_format.hpp"

namespace bt::resume {
namespace {

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

}  // namespace

std::uint32_t checksum(std::uint32_t before, Bytes bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    std::array<std::byte, kChecksumBytes> chain{};
    write_be(chain.data(), before);
    crc.process_bytes(chain.data(), chain.size());
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

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
        append(out, bits_to_wire(wanted));
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
    for (const auto& [piece, blocks] : state.parked)
        append(out, parked(piece, blocks, {}, {}));
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

ByteVector JournalWriter::parked(PieceIndex piece, const ParkedBlocks& blocks,
                                 std::span<const std::uint32_t> given_up,
                                 std::span<const StampedFile> files) {
    ByteVector out;
    begin_record(out, Record::parked);
    append_be(out, piece.value());
    append_be(out, static_cast<std::uint32_t>(given_up.size()));
    for (const auto block : given_up)
        append_be(out, block);
    append_be(out, static_cast<std::uint32_t>(blocks.size()));
    for (const auto& [block, mark] : blocks) {
        append_be(out, block);
        append_be(out, mark);
    }
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

}  // namespace bt::resume
