// What the kernel and its file system say of themselves: how long its memory has lived, and how
// finely it tells the time of a change.
#pragma once

#include <sys/stat.h>

#include <cstdint>

#include "bt/resume/state.hpp"

namespace bt::disk {

class Mount {
public:
    /// Of the file system that `folder` lies in.
    explicit Mount(int folder);

    [[nodiscard]] const resume::Epoch& epoch() const { return epoch_; }
    [[nodiscard]] resume::FileStamp stamp(const struct stat& file) const;
    /// Waits until a stamp of now would be settled, unless the file system keeps whole seconds:
    /// 40 ms.
    static void await_tick();

private:
    resume::Epoch epoch_;
    bool fine_ = false;  // every change after a look gets a time of its own (Linux 6.13)
};

/// ns since 1970.
[[nodiscard]] std::int64_t wall_time();

}  // namespace bt::disk
