package dev.palimpsest.data;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.settings.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which classes make which task, as a person asks for it. [TaskSplit] compares it with a data set.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
public sealed interface SplitSpec {

    /// Tasks of equally many classes, of which the first may have another number.
    ///
    /// @param classOrder natural if absent
    @JsonTypeName("equal_classes")
    record EqualClasses(
            @Setting(min = 1, max = 200, value = "How many tasks.")
            int taskCount,

            @Setting(
                    min = 1,
                    defaultValue = "null",
                    value = "Classes of the first task; null for as many as the others have.")
            @Nullable
            Integer firstTaskClasses,

            @Setting(defaultValue = "{\"kind\":\"natural\"}", value = "The order in which classes are learned.")
            ClassOrder classOrder)
            implements SplitSpec {

        @SuppressWarnings("NullAway") // a JSON object without `class_order`
        public EqualClasses {
            classOrder = classOrder == null ? new ClassOrder.Natural() : classOrder;
        }
    }

    /// The given tasks in the given order.
    @JsonTypeName("explicit")
    record Explicit(
            @Setting(minItems = 1, maxItems = 200, value = "The tasks in the order of learning.")
            List<Task> tasks) implements SplitSpec {

        /// A task by its classes.
        ///
        /// @param name `task 1` and so on if absent
        public record Task(
                @Setting(
                        minLength = 1,
                        maxLength = 120,
                        defaultValue = "null",
                        value = "Name of the task; null for `task 1` and so on.")
                @Nullable
                String name,

                @Setting("Labels of its classes.") List<String> classes) {

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
    record Groups(
            @Setting(
                    minItems = 1,
                    defaultValue = "null",
                    value = "Groups in the order of learning; null for all in the data set's order.")
            @Nullable
            List<String> order,

            @Setting(defaultValue = "false", value = "Whether all tasks have the same classes (domain-incremental).")
            boolean sharedLabels)
            implements SplitSpec {

        public Groups {
            order = order == null ? null : List.copyOf(order);
        }
    }
}
