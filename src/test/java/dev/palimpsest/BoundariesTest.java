package dev.palimpsest;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.ApplicationModule;
import org.springframework.modulith.core.ApplicationModules;

/// What must not grow together: arrows between rooms, and which room may know which library.
class BoundariesTest {

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.palimpsest");

    private static final String[] ENGINE_ROOMS = Stream.of(
                    "settings",
                    "metrics",
                    "compare",
                    "torch",
                    "checkpoints",
                    "files",
                    "data",
                    "model",
                    "memory",
                    "methods",
                    "training")
            .map(room -> "dev.palimpsest." + room)
            .toArray(String[]::new);

    /// What the engine room may ask of a native array itself; all computing is inside the tensor programs.
    private static final Set<String> HANDLING =
            Set.of("close", "getDataType", "getDevice", "getShape", "isReleased", "toByteBuffer");

    /// A row of the table of rooms: floor, room, what it may use.
    private static final Pattern ROOM = Pattern.compile("\\| (\\d+) \\| `(\\w+)` \\| ([^|]*)\\|.*");

    @Test
    void arrowsBetweenRoomsPointTheWayTheyAreDeclared() {
        ApplicationModules.of(PalimpsestApplication.class).verify();
    }

    /// Floors, rooms and arrows of the page are those of the code.
    @Test
    void theTableOfRoomsIsTrue() throws IOException {
        Map<String, Set<String>> rooms = declaredArrows();

        Map<String, String> table = Files.readAllLines(Path.of("docs", "architecture.md")).stream()
                .map(ROOM::matcher)
                .filter(Matcher::matches)
                .collect(Collectors.toMap(row -> row.group(2), row -> row.group(1) + " " + names(row.group(3))));

        assertThat(table)
                .containsExactlyInAnyOrderEntriesOf(rooms.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                room -> floor(room.getKey(), rooms) + " " + new TreeSet<>(room.getValue()))));
    }

    private static Map<String, Set<String>> declaredArrows() {
        return MAIN.stream()
                .filter(type ->
                        type.getSimpleName().equals("package-info") && type.isAnnotatedWith(ApplicationModule.class))
                .collect(Collectors.toMap(
                        type -> type.getPackageName().substring("dev.palimpsest.".length()),
                        type -> Set.of(type.getAnnotationOfType(ApplicationModule.class)
                                .allowedDependencies())));
    }

    private static Set<String> names(String cell) {
        return Pattern.compile("\\w+")
                .matcher(cell)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// One above the highest room that it may use.
    private static int floor(String room, Map<String, Set<String>> rooms) {
        return 1
                + rooms.getOrDefault(room, Set.of()).stream()
                        .mapToInt(used -> floor(used, rooms))
                        .max()
                        .orElse(0);
    }

    @Test
    void theEngineRoomsKnowNoFramework() {
        noClasses()
                .that()
                .resideInAnyPackage(ENGINE_ROOMS)
                // the declaration of a room's arrows is an annotation of Modulith
                .and()
                .doNotHaveSimpleName("package-info")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "jakarta..", "java.sql..", "com.github.kagkarlsson..")
                .because("the engine runs without the service")
                .check(MAIN);
    }

    @Test
    void onlyTheRoomTorchTouchesDjl() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.palimpsest.torch")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .because("memory rules of native arrays are kept in one room")
                .check(MAIN);
    }

    @Test
    void methodsAndMemoryNeitherLogNorTouchFiles() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.palimpsest.methods", "dev.palimpsest.memory")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.slf4j..", "java.util.logging..", "org.apache.commons.logging..", "java.nio.file..")
                .because("an algorithm gets what it needs as values and says what it did in events")
                .check(MAIN);
    }

    @Test
    void theRoomTorchLeavesComputingToThePrograms() {
        noClasses()
                .that()
                .resideInAPackage("dev.palimpsest.torch")
                .should()
                .callMethodWhere(describe(
                        "a native array computes",
                        (JavaMethodCall call) -> assignableTo(NDArray.class).test(call.getTargetOwner())
                                && !HANDLING.contains(call.getName())))
                .because("plain tensor operations outside the programs leak handles and take the fast kernels away")
                .check(MAIN);
    }

    @Test
    void nobodyMocks() {
        var everything = new ClassFileImporter().importPackages("dev.palimpsest");

        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.mockito..")
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("org.springframework.test.context.bean.override.mockito..")
                .because("fakes pass the contract of the real thing, mocks do not")
                .check(everything);
    }
}
