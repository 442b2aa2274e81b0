package dev.palimpsest.data;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which classes make which task, as a person asks for it. [TaskSplit] compares it with a data set.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
public sealed interface SplitSpec {

    /// Tasks of equally many classes, of which the first may have another number.
    ///
    /// @param classOrder natural if absent
    @JsonTypeName("equal_classes")
    record EqualClasses(int taskCount, @Nullable Integer firstTaskClasses, ClassOrder classOrder) implements SplitSpec {

        @SuppressWarnings("NullAway") // a JSON object without `class_order`
        public EqualClasses {
            classOrder = classOrder == null ? new ClassOrder.Natural() : classOrder;
        }
    }

    /// The given tasks in the given order.
    @JsonTypeName("explicit")
    record Explicit(List<Task> tasks) implements SplitSpec {

        /// A task by its classes.
        ///
        /// @param name `task 1` and so on if absent
        public record Task(@Nullable String name, List<String> classes) {

            public Task {
                classes = List.copyOf(classes);
            }
        }

        public Explicit {
            tasks = List.copyOf(tasks);
        }
    }

    /// One task a group of the data set.
    ///
    /// @param order all groups in the data set's order if absent
    /// @param sharedLabels true: every task has the same classes (domain-incremental)
    @JsonTypeName("groups")
    record Groups(@Nullable List<String> order, boolean sharedLabels) implements SplitSpec {

        public Groups {
            order = order == null ? null : List.copyOf(order);
        }
    }
}
