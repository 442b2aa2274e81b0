package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Browser;
import dev.palimpsest.support.PrefixProxy;
import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

/// The dashboard in an installed Chromium, below a prefix that a proxy takes off; skipped without a browser.
@WebTest
class DashboardPageIT {

    private static final Path PICTURES = Path.of("target", "dashboard-pictures");
    private static final String SHOWN =
            "document.querySelector('main h1') && !document.querySelector('main[aria-busy]')";

    /// Controls without a name, pictures without words, data cells without heads: what a reader of the page
    /// could not tell.
    private static final String NAMELESS = """
            [...document.querySelectorAll('button, input, select, textarea, a[href], [role=img], [role=region]')]
              .filter((one) => !one.hidden && !(one.getAttribute('aria-label') || one.textContent.trim()
                || one.labels?.length || one.getAttribute('aria-labelledby')))
              .map((one) => one.outerHTML.slice(0, 120))
              .concat([...document.querySelectorAll('table')].filter((one) => !one.caption || !one.tHead).map(() => 'table'))
            """;

    private static UUID job = new UUID(0, 0);
    private static UUID experiment = new UUID(0, 0);

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @LocalServerPort
    int port;

    @TempDir(cleanup = CleanupMode.NEVER) // the browser may still write while it ends
    static Path profile;

    private static Browser browser;

    /// Each test has a proxy at a port of its own, and so an origin of its own.
    private PrefixProxy proxy;

    @BeforeAll
    static void openBrowser() throws IOException {
        browser = Browser.openOrSkip(profile);
    }

    @AfterAll
    static void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() throws IOException, InterruptedException {
        proxy = new PrefixProxy(port);
        browser.open("about:blank");
        browser.forget();
        browser.look(1280, false);
        if (job.getMostSignificantBits() == 0) {
            experiment = Ids.next();
            job = submitter.submit(Script.G1, "cpu", experiment, 0);
            Answers.await(http, job, "succeeded");
        }
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private void show(String hash) {
        browser.open("about:blank");
        browser.open(proxy.address() + "ui/#/" + hash);
        browser.await(SHOWN);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "experiments",
                "jobs",
                "jobs/JOB",
                "new?method=lorac_ipc",
                "compare",
                "methods",
                "methods/lorac_ipc",
                "data",
                "data/demo_shapes",
                "queue",
                "nowhere"
            })
    void everyPageKeepsThePolicyAndThePrefixAndNamesItsParts(String page) throws IOException {
        show(page.replace("JOB", Ids.job(job)));
        picture(page.replaceAll("\\W", "-"));

        assertThat(browser.value(NAMELESS).toString()).isEqualTo("[]");
        assertThat(browser.value("document.documentElement.lang").asString()).isEqualTo("en");
        assertThat(browser.complaints().stream().filter(complaint -> !complaint.contains("422")))
                .isEmpty();
        assertThat(browser.value("performance.getEntriesByType('resource').map((entry) => entry.name)")
                        .valueStream())
                .allMatch(name -> name.asString().startsWith(proxy.address())
                        || name.asString().startsWith("data:"));
        assertThat(proxy.asked())
                .allMatch(address -> address.startsWith("/lab/palimpsest/") || address.equals("/favicon.ico"));
    }

    @Test
    void theRootLeadsABrowserToTheDashboard() {
        browser.open(proxy.address());
        browser.await(SHOWN);

        assertThat(browser.value("location.href").asString()).startsWith(proxy.address() + "ui/");
    }

    @Test
    void aJobShowsItsMatrixAndEveryFigureHasATableAndTwoFiles() throws IOException {
        show("jobs/" + Ids.job(job));
        browser.await("document.querySelectorAll('figure canvas').length >= 3");
        browser.value("document.querySelectorAll('figure details').forEach((one) => { one.open = true; })");
        browser.await("document.querySelectorAll('figure table').length >= 3");

        assertThat(browser.value("document.querySelector('.chart').getAttribute('aria-label')")
                        .asString())
                .contains("After task 5 of 5 the tasks learned have 92.60 percent");
        assertThat(browser.value("document.querySelector('figure').querySelectorAll('tbody tr').length")
                        .asInt())
                .isEqualTo(15);
        assertThat(browser.value("[...document.querySelectorAll('figure')].every((one) => "
                                + "[...one.querySelectorAll('button')].map((b) => b.textContent).join() === 'PNG,CSV')")
                        .asBoolean())
                .isTrue();
        // a tip of the library's own would break the policy
        browser.value("document.querySelector('canvas').dispatchEvent("
                + "new MouseEvent('mousemove', {bubbles: true, clientX: 200, clientY: 500}))");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void narrowAndDarkPagesScrollOnlyTheirTables() throws IOException {
        for (String page : List.of("experiments", "jobs/" + Ids.job(job), "new?method=lorac_ipc", "queue")) {
            browser.look(390, true);
            show(page);
            picture("narrow-" + page.replaceAll("\\W.*", ""));

            assertThat(browser.value("document.documentElement.scrollWidth").asInt())
                    .as(page)
                    .isLessThanOrEqualTo(390);
            assertThat(browser.value("getComputedStyle(document.body).backgroundColor")
                            .asString())
                    .isEqualTo("rgb(18, 25, 27)");
        }
    }

    @Test
    void namesOfUsersAreTextAndNeverMarkup() {
        String evil = "<img src=x onerror=alert(1)><script>alert(2)</script> \\\"'";
        proxy.answer("/api/v1/methods", new PrefixProxy.Answer("application/json", """
                {"data": [{"name": "%1$s", "title": "%1$s", "reference": "%1$s", "traits": {"%1$s": true}, "presets": []}],
                 "has_more": false}""".formatted(evil)));

        show("methods");

        assertThat(browser.value("document.querySelectorAll('main img, main script').length")
                        .asInt())
                .isZero();
        assertThat(browser.value("document.querySelector('tbody').textContent").asString())
                .contains("<img src=x onerror=alert(1)><script>");
    }

    @Test
    void aKeyIsAskedForKeptInTheTabAndSentAsAHeader() {
        String secret = "plm_submit00_hidden";
        proxy.want(secret);
        browser.open(proxy.address() + "ui/#/jobs");
        browser.await("document.querySelector('dialog[open] #secret')");

        browser.value(
                "document.getElementById('secret').value = '%s'; document.querySelector('dialog button.main').click()"
                        .formatted(secret));
        browser.await("document.querySelector('main table tbody tr')");

        assertThat(browser.value("JSON.stringify(sessionStorage)").asString()).contains(secret);
        assertThat(browser.value("JSON.stringify(localStorage) + document.cookie + location.href")
                        .asString())
                .doesNotContain(secret);
        assertThat(proxy.asked()).noneMatch(address -> address.contains(secret));
    }

    @Test
    void faultsOfARequestStandBesideTheirFields() {
        show("new?method=lorac_ipc&dataset=demo_shapes");
        browser.value("(() => { const rank = document.getElementById('f-method.rank'); rank.value = 'nine';"
                + "rank.dispatchEvent(new Event('input', {bubbles: true})); })()");
        browser.await("document.getElementById('f-method.rank').getAttribute('aria-invalid') === 'true'");

        assertThat(browser.value("document.getElementById('f-method.rank-fault').textContent")
                        .asString())
                .contains("rank must be an integer, got 'nine'");
        assertThat(browser.value("document.getElementById('f-backbone_id-fault').textContent")
                        .asString())
                .contains("backbone_id");
    }

    @Test
    void memoryIsFlatHoweverManyEventsCome() {
        String path = "/api/v1/jobs/" + Ids.job(job) + "/events";
        double few = nodesAfter(path, 200);
        double many = nodesAfter(path, 5000);

        assertThat(browser.value("document.querySelectorAll('#part-4 tbody tr').length")
                        .asInt())
                .isEqualTo(100);
        // a row has nine nodes: all of them kept would be 43,000 more
        assertThat(many).isLessThan(few + 1000);
    }

    /// Nodes of the page once it has shown the last of so many events.
    private double nodesAfter(String path, int events) {
        String stream = IntStream.rangeClosed(1, events)
                .mapToObj(number ->
                        "id:%1$d\nevent:warning.raised\ndata:{\"sequence\": %1$d, \"type\": \"warning.raised\", \"message\": \"event %1$d\", \"created_at\": \"2026-11-28T12:00:00Z\"}\n\n"
                                .formatted(number))
                .collect(Collectors.joining());
        proxy.answer(path, new PrefixProxy.Answer("text/event-stream", stream + "event:end\ndata:{}\n\n"));
        show("jobs/" + Ids.job(job));
        browser.value("document.getElementById('tab-4').click()");
        browser.await("document.querySelector('#part-4 tbody tr td')?.textContent === '" + events + "'");
        return browser.counted("Nodes");
    }

    /// For people who want to see what the test saw.
    private void picture(String name) throws IOException {
        Files.createDirectories(PICTURES);
        Files.write(PICTURES.resolve(name + ".png"), browser.picture());
    }
}
