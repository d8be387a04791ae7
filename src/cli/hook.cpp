#include "cli/hook.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>

#include "cli/output.hpp"

extern char** environ;

namespace bt::cli {

namespace {

Error failure(const Hook& hook, int error) {
    return fail(Errc::other, hook.option + " could not be run: " + std::strerror(error));
}

/// A file in memory with what the hook may read.
class Input {
public:
    explicit Input(const std::vector<std::string>& files)
        : fd_(::memfd_create("bt-files", MFD_CLOEXEC)) {
        std::string bytes;
        for (const auto& file : files)
            bytes.append(file).push_back('\0');
        if (fd_ < 0 || !write_all(fd_, bytes) || ::lseek(fd_, 0, SEEK_SET) != 0) error_ = errno;
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] int error() const { return error_; }

private:
    int fd_;
    int error_ = 0;
};

/// Our environment with the hook's, as exec wants it.
class Environment {
public:
    explicit Environment(const Hook& hook) {
        for (char** own = environ; *own != nullptr; ++own) {
            if (!overridden(hook, *own)) pointers_.push_back(*own);
        }
        strings_.reserve(hook.environment.size());
        for (const auto& [name, value] : hook.environment)
            pointers_.push_back(strings_.emplace_back(name + "=" + value).data());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] char* const* get() const { return pointers_.data(); }

private:
    static bool overridden(const Hook& hook, std::string_view own) {
        return std::any_of(
            hook.environment.begin(), hook.environment.end(), [&](const auto& variable) {
                return own.starts_with(variable.first) && own.size() > variable.first.size() &&
                       own[variable.first.size()] == '=';
            });
    }
    std::vector<std::string> strings_;
    std::vector<char*> pointers_;
};

/// What happens between fork and exec.
class SpawnPlan {
public:
    SpawnPlan(const Hook& hook, const Input& input) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_adddup2(&actions_, input.fd(), STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
        // Not every socket of Asio's is closed on exec.
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        std::error_code ec;
        if (std::filesystem::is_directory(hook.directory, ec)) {
            ::posix_spawn_file_actions_addchdir_np(&actions_, hook.directory.c_str());
        }
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        sigset_t reset;
        ::sigemptyset(&reset);
        ::sigaddset(&reset, SIGPIPE);  // which we ignore; handlers go by themselves
        ::posix_spawnattr_setsigdefault(&attributes_, &reset);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
    [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

}  // namespace

Result<pid_t> start(const Hook& hook) {
    const Input input(hook.files);
    if (input.error() != 0) return failure(hook, input.error());
    const SpawnPlan plan(hook, input);
    const Environment environment(hook);
    std::string shell = "sh";
    std::string option = "-c";
    auto command = hook.command;
    char* const arguments[] = {shell.data(), option.data(), command.data(), nullptr};
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, "/bin/sh", plan.actions(), plan.attributes(), arguments,
                                    environment.get());
    if (error != 0) return failure(hook, error);
    return pid;
}

Result<> judge(const Hook& hook, int status) {
    if (WIFSIGNALED(status)) {
        return fail(Errc::other, hook.option + " was ended by signal " +
                                     std::to_string(WTERMSIG(status)) + " (" +
                                     ::strsignal(WTERMSIG(status)) + ")");
    }
    if (WEXITSTATUS(status) == 0) return {};
    return fail(Errc::other,
                hook.option + " ended with status " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace bt::cli
