package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.RecordComponent;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A trait that the catalogue announces is one that a plan obeys, or that the contract of methods checks.
class TraitsAreReadTest {

    private static final JavaClasses EVERYTHING = new ClassFileImporter().importPackages("dev.palimpsest");

    static List<String> traits() {
        return List.of(MethodTraits.class.getRecordComponents()).stream()
                .map(RecordComponent::getName)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("traits")
    void somebodyReadsIt(String trait) {
        JavaMethod accessor = EVERYTHING.get(MethodTraits.class).getMethod(trait);

        assertThat(accessor.getCallsOfSelf())
                .extracting(call -> call.getOriginOwner())
                .extracting(JavaClass::getSimpleName)
                .as("readers of %s", trait)
                .isNotEmpty();
    }
}
