package dev.palimpsest.torch;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What would end the process, or give wrong numbers, is refused with a sentence; the runtime stays usable.
@Tag("engine")
class RefusalsIT {
    private static final JavaClasses ROOM = new ClassFileImporter()
            .withImportOption(location -> !location.contains("test-classes"))
            .importPackages("dev.palimpsest.torch");

    private final TensorScope scope = Torch.RUNTIME.scope();

    @AfterEach
    void theRuntimeStaysUsable() {
        assertThat(scope.floats(new float[] {1}, 1).floats()).containsExactly(1);
        scope.close();
    }

    @Test
    void anElementTypeThatEndsTheProcessIsRefusedBeforeTheNativeCall() {
        assertThatThrownBy(() -> scope.make(ElementType.BFLOAT16, 2, new long[] {2}, (piece, at, n) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be FLOAT32, FLOAT64, INT64 or UINT8, got BFLOAT16");
    }

    @Test
    void closedThingsAreRefusedBeforeTheNativeCall() {
        Tensor x = scope.floats(new float[] {1}, 1);
        x.close();
        List<Callable<?>> uses = new ArrayList<>();
        uses.add(x::floats);
        uses.add(x::type);
        uses.add(x::number);
        uses.add(() -> Torch.PROGRAM.call(scope, "cast", x, 7));
        uses.add(() -> Torch.PROGRAM.call(scope, "sum_of_list", List.of(x)));
        uses.add(() -> TensorMap.of(Map.of("x", List.of(x))));

        assertThat(uses).allSatisfy(use -> assertThatThrownBy(use::call).hasMessage("tensor [1] is closed"));
    }

    @Test
    void nothingIsCalculatedOnTheBridgesArrays() {
        var others = DescribedPredicate.not(nameMatching("getShape|getDataType|toByteBuffer|close"));

        noClasses()
                .should()
                .callMethodWhere(target(owner(JavaClass.Predicates.assignableTo(NDArray.class)))
                        .and(target(others.forSubtype())))
                .because("numbers under automatic differentiation are freed too early, and some results have no owner")
                .check(ROOM);
    }

    @Test
    void theBridgesOneGradientCollectorIsNotUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(GradientCollector.class)
                .check(ROOM);
    }
}
