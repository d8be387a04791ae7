#include "cli/file_tree.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "bt/text/escape.hpp"
#include "bt/text/size.hpp"
#include "cli/columns.hpp"

namespace bt::cli {

namespace {

constexpr std::size_t kNameBytes = 1000;
constexpr std::size_t kSizeWidth = 10;
constexpr std::size_t kIndent = 2;

class FileTree {
public:
    explicit FileTree(const metainfo::Metainfo& torrent)
        : index_width_(std::to_string(torrent.files.size()).size()) {
        nodes_.emplace_back();
        for (std::size_t i = 0; i < torrent.files.size(); ++i) {
            if (!torrent.files[i].pad) add(torrent.files[i], i + 1);
        }
    }

    [[nodiscard]] std::string text() const {
        std::string out;
        for (const auto child : nodes_[kRoot].children)
            write(child, 0, out);
        return out;
    }

private:
    struct Node {
        std::string_view name;
        std::uint64_t length = 0;
        std::size_t index = 0;  // of a file, from 1
        std::vector<std::size_t> children;
    };
    static constexpr std::size_t kRoot = 0;

    void add(const metainfo::File& file, std::size_t index) {
        std::string_view rest = file.path;
        auto folder = kRoot;
        for (auto slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
            folder = enter(folder, rest.substr(0, slash));
            nodes_[folder].length += file.length;
            rest.remove_prefix(slash + 1);
        }
        const auto leaf = make(folder, rest);
        nodes_[leaf].length = file.length;
        nodes_[leaf].index = index;
    }
    std::size_t enter(std::size_t parent, std::string_view name) {
        const auto [found, fresh] = folders_.try_emplace({parent, name}, 0);
        if (fresh) found->second = make(parent, name);
        return found->second;
    }
    std::size_t make(std::size_t parent, std::string_view name) {
        nodes_.push_back({name, 0, 0, {}});
        nodes_[parent].children.push_back(nodes_.size() - 1);
        return nodes_.size() - 1;
    }
    /// As deep as the paths are: metainfo::kMaxPathDepth.
    void write(std::size_t at, std::size_t depth, std::string& out) const {
        const auto& node = nodes_[at];
        const bool file = node.index > 0;
        out += pad_left(file ? std::to_string(node.index) : "", index_width_);
        out += pad_left(text::human_size(node.length), kSizeWidth + 2) + "  ";
        out.append(depth * kIndent, ' ');
        out += text::escape(node.name, kNameBytes);
        out += file ? "\n" : "/\n";
        for (const auto child : node.children)
            write(child, depth + 1, out);
    }

    std::vector<Node> nodes_;
    std::map<std::pair<std::size_t, std::string_view>, std::size_t> folders_;
    std::size_t index_width_;
};

}  // namespace

std::string file_tree(const metainfo::Metainfo& torrent) {
    return FileTree(torrent).text();
}

}  // namespace bt::cli
