package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

class SpecJsonTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    @Test
    void splitsReadAsTheContractWritesThem() {
        assertThat(split("""
                { "kind": "equal_classes", "task_count": 10, "class_order": { "kind": "numpy_legacy", "seed": 1993 } }
                """)).isEqualTo(new SplitSpec.EqualClasses(10, null, new ClassOrder.NumpyLegacy(1993)));
        assertThat(split("""
                { "kind": "equal_classes", "task_count": 2, "first_task_classes": 3 }
                """)).isEqualTo(new SplitSpec.EqualClasses(2, 3, new ClassOrder.Natural()));
        assertThat(split("""
                { "kind": "equal_classes", "task_count": 2, "class_order": { "kind": "seeded", "seed": null } }
                """)).isEqualTo(new SplitSpec.EqualClasses(2, null, new ClassOrder.Seeded(null)));
        assertThat(split("""
                { "kind": "explicit", "tasks": [ { "name": "a", "classes": ["x", "y"] } ] }
                """))
                .isEqualTo(new SplitSpec.Explicit(List.of(new SplitSpec.Explicit.Task("a", List.of("x", "y")))));
        assertThat(split("""
                { "kind": "groups", "order": null, "shared_labels": true }
                """)).isEqualTo(new SplitSpec.Groups(null, true));
    }

    @Test
    void dataSetsReadAsTheContractWritesThem() {
        assertThat(JSON.readValue("""
                { "kind": "synthetic", "classes": 20, "train_per_class": 40, "test_per_class": 20,
                  "image_size": 32, "seed": 1 }
                """, DatasetSpec.class)).isEqualTo(new DatasetSpec.Synthetic(20, 40, 20, 32, 1));
        assertThat(JSON.readTree(JSON.writeValueAsString(
                                new DatasetSpec.Images(Path.of("a"), DatasetSpec.Layout.GROUP_SPLIT_CLASS, null, null)))
                        .get("layout")
                        .stringValue())
                .isEqualTo("group/split/class");
    }

    @Test
    void whatIsWrittenIsReadBack() {
        for (SplitSpec spec : List.of(
                new SplitSpec.EqualClasses(4, 2, new ClassOrder.Explicit(List.of("a", "b"))),
                new SplitSpec.Groups(List.of("g"), false))) {
            assertThat(split(JSON.writeValueAsString(spec))).isEqualTo(spec);
        }
    }

    private static SplitSpec split(String json) {
        return JSON.readValue(json, SplitSpec.class);
    }
}
