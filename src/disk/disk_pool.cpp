#include "bt/disk/disk_pool.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "bt/core/assert.hpp"

namespace bt::disk {
namespace {

/// Blocks signals in the calling thread, so that threads begun meanwhile never take one: they are
/// the io thread's, and must not interrupt a write.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
            ::sigdelset(&all, fault);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

}  // namespace

struct DiskPool::State {
    explicit State(Wake on_completed) : wake(std::move(on_completed)) {}

    void work();
    void work_on_syncs();
    void begin_thread(void (State::*body)(), const char* name);
    /// The next jobs for one worker: several pieces, or one of another kind. None if it is to wait.
    /// With `mutex` held.
    std::vector<Job> take();
    [[nodiscard]] bool piece_is_next() const;
    void complete(std::vector<Job> jobs);

    const Wake wake;
    const std::size_t batch = crypto::sha1_streams();  // pieces that one worker hashes together
    std::size_t pending = 0;                           // io thread only

    std::mutex mutex;  // over all that follows but the threads
    std::condition_variable submitted;
    std::deque<Job> reads;
    std::deque<Job> others;
    std::deque<Job> syncs;
    std::condition_variable sync_submitted;
    std::size_t hashing = 0;  // workers that have pieces
    std::vector<Job> completed;
    bool stopping = false;

    std::vector<std::jthread> threads;
    std::size_t workers = 0;  // of those, all but the one for syncs
    bool syncer = false;
};

bool is_sync(const Job& job) {
    const auto* storage = std::get_if<StorageJob>(&job);
    return storage != nullptr && storage->kind == StorageJob::Kind::sync;
}

bool DiskPool::State::piece_is_next() const {
    return !others.empty() && std::holds_alternative<PieceJob>(others.front());
}

std::vector<Job> DiskPool::State::take() {
    std::vector<Job> out;
    const auto move_front = [&](std::deque<Job>& queue) {
        out.push_back(std::move(queue.front()));
        queue.pop_front();
    };
    if (!reads.empty()) {
        move_front(reads);
    } else if (piece_is_next()) {
        // Few pieces wait for the worker that is hashing already: together they cost less, and a
        // second one is begun when they would fill it.
        if (hashing > 0 && others.size() < batch) return out;
        while (out.size() < batch && piece_is_next())
            move_front(others);
    } else if (!others.empty()) {
        move_front(others);
    }
    return out;
}

void DiskPool::State::work() {
    std::unique_lock lock(mutex);
    for (;;) {
        std::vector<Job> jobs;
        submitted.wait(lock, [&] {
            if (!stopping) jobs = take();
            return stopping || !jobs.empty();
        });
        if (stopping) return;
        const bool pieces = std::holds_alternative<PieceJob>(jobs.front());
        if (pieces) ++hashing;
        lock.unlock();
        if (pieces) {
            std::vector<PieceJob*> each;
            for (auto& job : jobs)
                each.push_back(&std::get<PieceJob>(job));
            run(each);
        } else {
            run(jobs.front());
        }
        complete(std::move(jobs));
        lock.lock();
        if (pieces) --hashing;
    }
}

void DiskPool::State::work_on_syncs() {
    std::unique_lock lock(mutex);
    for (;;) {
        sync_submitted.wait(lock, [&] { return stopping || !syncs.empty(); });
        if (stopping) return;
        std::vector<Job> one;
        one.push_back(std::move(syncs.front()));
        syncs.pop_front();
        lock.unlock();
        run(one.front());
        complete(std::move(one));
        lock.lock();
    }
}

/// Adds nothing to `threads` when the system gives no more.
void DiskPool::State::begin_thread(void (State::*body)(), const char* name) {
    const SignalsBlocked blocked;
    try {
        threads.emplace_back([this, body] { (this->*body)(); });
        ::pthread_setname_np(threads.back().native_handle(), name);
    } catch (const std::system_error&) {
    }
}

void DiskPool::State::complete(std::vector<Job> jobs) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex);
        was_empty = completed.empty();
        completed.insert(completed.end(), std::make_move_iterator(jobs.begin()),
                         std::make_move_iterator(jobs.end()));
    }
    if (was_empty) wake();
}

DiskPool::DiskPool(unsigned threads, Wake wake) : state_(std::make_unique<State>(std::move(wake))) {
    state_->threads.reserve(threads + 1);
    for (unsigned i = 0; i < threads; ++i)
        state_->begin_thread(&State::work, "bt-disk");
    state_->workers = state_->threads.size();  // fewer, or none, do the same work
}

DiskPool::~DiskPool() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->submitted.notify_all();
    state_->sync_submitted.notify_all();
    state_->threads.clear();  // joins
}

void DiskPool::submit(Job job) {
    ++state_->pending;
    if (state_->workers == 0) {
        run(job);
        std::vector<Job> done;
        done.push_back(std::move(job));
        state_->complete(std::move(done));
        return;
    }
    const bool sync = is_sync(job);
    if (sync && !std::exchange(state_->syncer, true)) {
        const auto before = state_->threads.size();
        state_->begin_thread(&State::work_on_syncs, "bt-sync");
        state_->syncer = state_->threads.size() > before;
    }
    const bool apart = sync && state_->syncer;
    {
        const std::lock_guard lock(state_->mutex);
        const bool read = std::holds_alternative<ReadJob>(job);
        (apart ? state_->syncs : read ? state_->reads : state_->others).push_back(std::move(job));
    }
    (apart ? state_->sync_submitted : state_->submitted).notify_one();
}

void DiskPool::take_completed(std::vector<Job>& out) {
    std::vector<Job> taken;
    {
        const std::lock_guard lock(state_->mutex);
        taken.swap(state_->completed);
    }
    BT_ASSERT(taken.size() <= state_->pending);
    state_->pending -= taken.size();
    if (out.empty()) {
        out.swap(taken);
    } else {
        out.insert(out.end(), std::make_move_iterator(taken.begin()),
                   std::make_move_iterator(taken.end()));
    }
}

std::size_t DiskPool::pending() const {
    return state_->pending;
}

unsigned DiskPool::threads() const {
    return static_cast<unsigned>(state_->workers);
}

}  // namespace bt::disk
