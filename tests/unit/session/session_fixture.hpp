// Sessions on loopback with payloads of known bytes, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "bt/crypto/sha1.hpp"
#include "bt/net/clock.hpp"
#include "bt/session/session.hpp"

namespace bt::session::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class TempDir {
public:
    TempDir() {
        std::string pattern = (fs::temp_directory_path() / "bt-session-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TempDir() { fs::remove_all(path_); }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

struct Payload {
    std::shared_ptr<metainfo::Metainfo> metainfo = std::make_shared<metainfo::Metainfo>();
    std::string bytes;
};

/// Files of the given lengths in a folder `t`, filled from a seed.
inline Payload make_payload(const std::vector<std::uint64_t>& lengths, std::uint32_t piece_length,
                            unsigned seed = 7) {
    Payload out;
    auto& m = *out.metainfo;
    m.name = "t";
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        metainfo::File file;
        file.path = "t/f" + std::to_string(i);
        file.length = lengths[i];
        file.offset = out.bytes.size();
        m.files.push_back(file);
        out.bytes.resize(out.bytes.size() + lengths[i]);
    }
    std::mt19937 rng(seed);
    for (auto& c : out.bytes)
        c = static_cast<char>(rng());
    m.layout = metainfo::PieceLayout(piece_length, out.bytes.size());
    for (std::uint32_t i = 0; i < m.layout.piece_count(); ++i) {
        const auto piece = std::string_view(out.bytes).substr(m.layout.piece_offset(PieceIndex(i)),
                                                              m.layout.piece_size(PieceIndex(i)));
        m.piece_hashes.push_back(crypto::sha1(as_bytes(piece)));
    }
    m.info_hash.bytes = crypto::sha1(as_bytes(out.bytes));
    return out;
}

inline void write_payload(const Payload& payload, const fs::path& directory) {
    for (const auto& file : payload.metainfo->files) {
        fs::create_directories((directory / file.path).parent_path());
        std::ofstream(directory / file.path, std::ios::binary)
            << payload.bytes.substr(file.offset, file.length);
    }
}

inline std::string read_payload(const Payload& payload, const fs::path& directory) {
    std::string out;
    for (const auto& file : payload.metainfo->files) {
        std::ifstream in(directory / file.path, std::ios::binary);
        out.append(std::istreambuf_iterator<char>(in), {});
    }
    return out;
}

/// Of which nothing leaves this machine.
inline SessionSettings unseen() {
    SessionSettings out;
    out.discovery.dht = out.discovery.lsd = false;
    return out;
}

/// One session, and what it has told.
struct Node final : Observer {
    explicit Node(net::asio::io_context& io, SessionSettings settings = unseen()) {
        settings.listen_first = settings.listen_last = 0;
        session = Session::create(io, settings, *this).value();
    }
    void on_removed(TorrentId torrent) override { removed.push_back(torrent); }
    void on_state(TorrentId torrent) override {
        if (changed) changed(session->status(torrent).state);
    }
    void on_files_complete(TorrentId torrent, std::span<const FileIndex> files) override {
        EXPECT_NE(session->status(torrent).state, TorrentState::checking);
        whole.insert(whole.end(), files.begin(), files.end());
    }
    Result<TorrentId> add(const Payload& payload, const fs::path& directory,
                          std::function<void(TorrentSettings&)> change = {}) {
        TorrentSettings settings;
        settings.metainfo = payload.metainfo;
        settings.directory = directory;
        if (change) change(settings);
        return session->add(settings);
    }
    std::unique_ptr<Session> session;
    std::function<void(TorrentState)> changed;
    std::vector<TorrentId> removed;
    std::vector<FileIndex> whole;  // as told
};

class SessionTest : public testing::Test {
protected:
    /// Runs until `done` or a deadline that only a hang reaches.
    void run_until(const std::function<bool()>& done) {
        const auto deadline = net::now() + 20s;
        while (!done() && net::now() < deadline)
            io_.run_one_for(100ms);
        ASSERT_TRUE(done());
    }
    void stop(Node& node) {
        bool stopped = false;
        net::asio::co_spawn(io_, node.session->stop(), [&](std::exception_ptr e) {
            ASSERT_FALSE(e);
            stopped = true;
        });
        const auto began = net::now();
        run_until([&] { return stopped; });
        EXPECT_LT(net::now() - began, 3s);
    }
    static std::function<void(TorrentSettings&)> from(const Node& seed) {
        return [port = seed.session->listen_port()](TorrentSettings& s) {
            s.peers.emplace_back("127.0.0.1", port);
        };
    }

    net::asio::io_context io_{1};
    TempDir seed_dir_;
    TempDir leech_dir_;
};

}  // namespace bt::session::test
