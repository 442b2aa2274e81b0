package dev.palimpsest.methods;

import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The quirk table of `docs/methods/lorac-ipc.md` 8 in numbers, by the product's own classes.
///
/// Left out, because no number of ours can show them:
/// the single votes of row 15 (`MajorityVoteGoldenTest` has them), the k-means sizes and the error of row 16
/// (`TaskInferenceIT` shows the guard), the norm applied twice in row 17 (no such wiring is offered), the draws of rows
/// 3 and 4 (another generator: only what holds for any draw is compared), the second alignment of row 11 (aligned
/// once, and its samples are not stored), the errors of rows 22, 23 and the parser of row 25.
/// Values under `..._for_comparison` are offered by nobody.
final class GoldenQuirks {

    private static final Pattern TRACE = Pattern.compile("(\\d+)-task trace");

    private final GoldenCase golden;
    private final JsonNode quirks;
    private final Optional<GoldenSetup> trace;

    GoldenQuirks(GoldenCase golden) {
        this.quirks = golden.json().get("quirks");
        this.golden = golden;
        this.trace = golden.beside("trace-", List.of(traceName())).map(GoldenSetup::new);
    }

    /// How the cases call the trace that they come from.
    private String traceName() {
        Matcher named = TRACE.matcher(quirks.toString());
        return named.find() ? named.group(1) + "tasks" : "";
    }

    GoldenComparison compare() {
        var numbers = new QuirkNumbers();
        trace.ifPresent(setup -> {
            new AdapterQuirks(quirks, setup, numbers).compare();
            new EvaluationQuirks(golden, quirks, setup, numbers).compare();
        });
        new ProgramQuirks(quirks, numbers).compare();
        new FormulaQuirks(quirks, numbers).compare();
        return numbers.comparison();
    }
}
