package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.DashboardFiles;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What no file of the dashboard may have: markup made from data, code in a page, addresses of other places.
@Tag("dashboard")
class DashboardSourcesTest {

    private static final int MOST_LINES = 350;

    /// Ways by which a text becomes markup or code.
    private static final Pattern MARKUP = Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|createContextualFragment|DOMParser|setHTMLUnsafe"
                    + "|srcdoc|\\beval\\(|new Function|javascript:|setTimeout\\(['\"]");

    private static final Pattern INLINE = Pattern.compile("\\son\\w+=|\\sstyle=|<style|<script(?![^>]*\\ssrc=)");

    private static final Pattern IMPORT = Pattern.compile("(?:from |import\\()'([^']*)'");
    private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"([^\"]*)\"");

    static List<String> files() {
        return DashboardFiles.names();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void noTextBecomesMarkupOrCode(String file) {
        assertThat(DashboardFiles.text(file)).doesNotContainPattern(MARKUP);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void everyFileIsShort(String file) {
        assertThat(DashboardFiles.text(file).lines()).hasSizeLessThan(MOST_LINES);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void nothingComesFromElsewhere(String file) {
        String withoutNamespaces = DashboardFiles.text(file).replace("http://www.w3.org/2000/svg", "");

        assertThat(withoutNamespaces).doesNotContainPattern("https?://|['\"]//|['\"(]/(?:api|ui|v3)");
    }

    @Test
    void thePageHasNoCodeOfItsOwn() {
        assertThat(DashboardFiles.text("index.html")).doesNotContainPattern(INLINE);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void everyImportLeadsToAFile(String file) {
        Pattern names = file.endsWith(".js") ? IMPORT : REFERENCE;

        assertThat(names.matcher(DashboardFiles.text(file)).results().map(match -> match.group(1)))
                .filteredOn(name -> !name.startsWith("#") && !name.contains("vendor/") && !name.contains("swagger-ui"))
                .allSatisfy(name -> assertThat(DashboardFiles.path(file).resolveSibling(name))
                        .matches(Files::exists));
    }
}
