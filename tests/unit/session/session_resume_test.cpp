// What a session makes of what an earlier one left, and of what others do to its files.
#include <vector>

#include "bt/disk/storage.hpp"

#include "unit/session/session_fixture.hpp"

namespace bt::session {
namespace {

using namespace test;
namespace fs = std::filesystem;

class SessionResume : public SessionTest {
protected:
    SessionResume() : payload(make_payload({700'000, 0, 300'000, 1'500'000}, 32'768)) {
        write_payload(payload, seed_dir_.path());
        seed = std::make_unique<Node>(io_);
        seeding =
            seed->add(payload, seed_dir_.path(), [](TorrentSettings& s) { s.seed_only = true; })
                .value();
        run_until([&] { return seed->session->status(seeding).state == TorrentState::seeding; });
    }
    ~SessionResume() override { stop(*seed); }

    /// Downloads until `enough` pieces are there, and stops: at all 77, or at 60 or fewer.
    void download_some(std::uint32_t enough) {
        Node leech(io_);
        const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
        if (enough < 77) leech.session->set_horizon(l, 60 * 32'768);
        run_until([&] { return leech.session->status(l).pieces_done >= enough; });
        stop(leech);
    }
    [[nodiscard]] fs::path state_file() const {
        return leech_dir_.path() / ('.' + to_hex(payload.metainfo->info_hash) + ".bt");
    }
    void change_a_byte(std::size_t file, std::streamoff at) const {
        std::fstream out(leech_dir_.path() / payload.metainfo->files[file].path,
                         std::ios::binary | std::ios::in | std::ios::out);
        out.seekp(at);
        out.put(static_cast<char>(
            payload.bytes[payload.metainfo->files[file].offset + static_cast<std::size_t>(at)] ^
            1));
    }

    Payload payload;
    std::unique_ptr<Node> seed;
    TorrentId seeding;
};

TEST_F(SessionResume, GoesOnWithoutHashing) {
    download_some(20);
    ASSERT_TRUE(fs::exists(state_file()));
    Node leech(io_);
    const auto l = leech.add(payload, leech_dir_.path()).value();
    std::uint64_t hashed = 0;
    run_until([&] {
        const auto status = leech.session->status(l);
        hashed = std::max(hashed, status.to_check);
        return status.state == TorrentState::downloading;
    });
    EXPECT_GE(leech.session->status(l).pieces_done, 20u);
    EXPECT_EQ(hashed, 0u);
    stop(leech);
}

TEST_F(SessionResume, HashesAllWhenAskedTo) {
    download_some(20);
    Node leech(io_);
    const auto check = [](TorrentSettings& s) { s.check_integrity = true; };
    const auto l = leech.add(payload, leech_dir_.path(), check).value();
    std::uint64_t hashed = 0;
    run_until([&] {
        const auto status = leech.session->status(l);
        hashed = std::max(hashed, status.to_check);
        return status.state == TorrentState::downloading;
    });
    EXPECT_GE(hashed, 20u * 32'768);
    stop(leech);
}

TEST_F(SessionResume, FetchesOnlyWhatAChangeBetweenTheRunsSpoiled) {
    download_some(77);  // all
    fs::remove(state_file());
    download_some(77);
    change_a_byte(3, 1000);
    Node leech(io_);
    const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_EQ(leech.session->status(l).downloaded, 32'768u);
    EXPECT_TRUE(read_payload(payload, leech_dir_.path()) == payload.bytes);
    EXPECT_FALSE(fs::exists(state_file()));
    stop(leech);
}

TEST_F(SessionResume, DownloadsWhileItHashesWhatIsInDoubt) {
    download_some(20);
    change_a_byte(3, 1000);  // of 46 pieces
    auto settings = unseen();
    settings.hash_first_bytes = 0;
    Node leech(io_, settings);
    std::vector<TorrentState> states;
    leech.changed = [&](TorrentState state) { states.push_back(state); };
    const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_EQ(states, (std::vector{TorrentState::downloading, TorrentState::syncing,
                                   TorrentState::finished}));
    EXPECT_TRUE(read_payload(payload, leech_dir_.path()) == payload.bytes);
    const auto status = leech.session->status(l);
    EXPECT_LE(status.downloaded, (77 - 20 + 2) * 32'768u);
    EXPECT_EQ(status.pieces_done, 77u);
    EXPECT_EQ(status.done, payload.bytes.size());
    stop(leech);
}

TEST_F(SessionResume, WhatWasInDoubtWhenItWasStoppedIsInDoubtTheNextTime) {
    download_some(60);
    change_a_byte(3, 1000);
    auto settings = unseen();
    settings.hash_first_bytes = 0;
    for (int run = 0; run < 3; ++run) {
        SCOPED_TRACE(run);
        Node leech(io_, settings);
        const auto l = leech.add(payload, leech_dir_.path()).value();
        run_until([&] { return leech.session->status(l).state == TorrentState::downloading; });
        stop(leech);
    }
    Node leech(io_, settings);
    const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_TRUE(read_payload(payload, leech_dir_.path()) == payload.bytes);
    EXPECT_LE(leech.session->status(l).downloaded, (77 - 60 + 2) * 32'768u);
    stop(leech);
}

TEST_F(SessionResume, IsSyncedBeforeItIsFinished) {
    Node leech(io_);
    std::vector<TorrentState> states;
    leech.changed = [&](TorrentState state) { states.push_back(state); };
    const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_EQ(states, (std::vector{TorrentState::downloading, TorrentState::syncing,
                                   TorrentState::finished}));
    stop(leech);
}

TEST_F(SessionResume, LeavesSyncingToTheKernelWhenAskedTo) {
    Node leech(io_);
    std::vector<TorrentState> states;
    leech.changed = [&](TorrentState state) { states.push_back(state); };
    const auto settings = [&](TorrentSettings& s) {
        from (*seed)(s);
        s.sync = false;
    };
    const auto l = leech.add(payload, leech_dir_.path(), settings).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_EQ(states, (std::vector{TorrentState::downloading, TorrentState::finished}));
    stop(leech);
}

TEST_F(SessionResume, MendsWhatAnotherProgramChangesDuringTheRun) {
    Node leech(io_);
    bool changed = false;
    leech.changed = [&](TorrentState state) {
        if (state == TorrentState::syncing && !std::exchange(changed, true)) {
            change_a_byte(0, 500'000);
            fs::remove(leech_dir_.path() / "t/f2");
        }
    };
    const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_TRUE(changed);
    EXPECT_TRUE(read_payload(payload, leech_dir_.path()) == payload.bytes);
    const auto status = leech.session->status(l);
    EXPECT_GE(status.downloaded, payload.bytes.size() + 32'768 + 300'000);
    EXPECT_LE(status.downloaded, payload.bytes.size() + 300'000 + 4 * 32'768);
    stop(leech);
}

/// The beginning of a large piece is there, in a file that --overwrite removes.
TEST_F(SessionTest, APrefixThatWasClearedAwayIsFetchedAgain) {
    constexpr std::uint32_t kPiece = 2u << 20;
    const auto payload = make_payload({3u << 20, 200'000}, kPiece);
    write_payload(payload, seed_dir_.path());
    {
        auto storage =
            disk::Storage::open(payload.metainfo, leech_dir_.path(), disk::Access::read_write)
                .value();
        ASSERT_TRUE(storage->claim());
        const auto survey = storage->survey(true);
        ASSERT_TRUE(survey);
        ASSERT_TRUE(storage->begin(survey->verdict.trusted, survey->verdict));
        const auto beginning = as_bytes(payload.bytes).first(1u << 20);
        ASSERT_TRUE(storage->write(0, {&beginning, 1}));
        crypto::Sha1 hash;
        hash.update(beginning);
        ASSERT_TRUE(storage->record(PieceIndex(0), {1u << 20, hash}));
    }
    std::ofstream(leech_dir_.path() / "t/f1") << std::string(300'000, 'x');  // longer than ours
    Node seed(io_);
    const auto only_seed = [](TorrentSettings& s) { s.seed_only = true; };
    const auto s = seed.add(payload, seed_dir_.path(), only_seed).value();
    run_until([&] { return seed.session->status(s).state == TorrentState::seeding; });
    Node leech(io_);
    const auto overwriting = [&](TorrentSettings& settings) {
        from(seed)(settings);
        settings.overwrite = true;
    };
    const auto l = leech.add(payload, leech_dir_.path(), overwriting).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::finished; });
    EXPECT_TRUE(read_payload(payload, leech_dir_.path()) == payload.bytes);
    stop(leech);
    stop(seed);
}

TEST_F(SessionResume, GivesUpOnFilesThatNeverStayAsTheyAre) {
    Node leech(io_);
    leech.changed = [&](TorrentState state) {
        if (state == TorrentState::syncing) change_a_byte(0, 500'000);
    };
    const auto l = leech.add(payload, leech_dir_.path(), from(*seed)).value();
    run_until([&] { return leech.session->status(l).state == TorrentState::failed; });
    EXPECT_EQ(leech.session->status(l).error.code, Errc::io_failed);
    stop(leech);
}

}  // namespace
}  // namespace bt::session
