#include "cli/batch.hpp"

#include <utility>

#include "cli/source.hpp"

namespace bt::cli {

void add_sources(Run& run, const std::vector<std::string>& sources,
                 const std::shared_ptr<const TaskSettings>& wanted) {
    for (const auto& source : sources) {
        Task task{source, shown_source(source), wanted};
        // It may come slowly, and the run must not wait for it.
        if (source == "-") task.loaded = load_source(source);
        run.add(std::move(task));
    }
}

}  // namespace bt::cli
