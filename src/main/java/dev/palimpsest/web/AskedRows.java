package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.results.Predictions;
import dev.palimpsest.results.Predictions.Row;
import dev.palimpsest.results.Results;
import dev.palimpsest.settings.RequestRefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Which row of which matrix a question about predictions means, and where its page begins.
@Component
class AskedRows {

    static final String AFTER_TASK = "Row of the matrix: the last task learned, from 1; the last row by itself.";
    static final String STAGE =
            "State of the model: final, or before_alignment, which is the final one where a task has no alignment.";
    static final String DATA = "Images: test, or validation for training images kept away from training.";
    static final String TASK = "Only images of this task, from 1.";
    static final String NOT_KEPT =
            "The row was not measured, or by a version that kept counts and no predictions (predictions_not_kept)";
    private static final Pattern CURSOR = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})");

    private final JobSearch search;
    private final Results results;
    private final Predictions predictions;

    AskedRows(JobSearch search, Results results, Predictions predictions) {
        this.search = search;
        this.results = results;
        this.predictions = predictions;
    }

    Row find(String jobId, @Nullable Integer afterTask, String stage, String data) {
        return predictions.row(
                search.get(Wire.jobId(jobId)).id(),
                Wire.choice("data", data, EvaluationData.class),
                Wire.choice("stage", stage, Stage.class),
                afterTask);
    }

    boolean sharesLabels(Row row) {
        return results.scenario(row.jobId()).sharesLabels();
    }

    ClassNames names(Row row) {
        return new ClassNames(row.tasks(), sharesLabels(row));
    }

    /// What a page may hold of one task.
    interface OfTask<T> {

        /// Its entries, in the order of their numbers.
        ///
        /// @param beyond number that the page begins behind, -1 for none
        /// @param wanted so many at most
        Stream<T> next(int task, int beyond, int wanted);
    }

    /// A page that goes on from task to task, and one more where there is one.
    static <T> List<T> oneMore(List<Integer> tasks, @Nullable String after, int limit, OfTask<T> part) {
        Place place = Place.of(after);
        List<T> found = new ArrayList<>();
        int wanted = Pages.checked(limit) + 1;
        for (int one : tasks) {
            if (one >= place.task() && found.size() < wanted) {
                int beyond = one == place.task() ? place.number() : -1;
                part.next(one, beyond, wanted - found.size()).forEach(found::add);
            }
        }
        return found;
    }

    /// Behind which image or class a page begins.
    private record Place(int task, int number) {

        static Place of(@Nullable String after) {
            if (after == null) {
                return new Place(1, -1);
            }
            Matcher parts = CURSOR.matcher(after);
            if (!parts.matches()) {
                throw new RequestRefusedException(
                        400,
                        "invalid_cursor",
                        "after",
                        "after must be the last id of a page, as 3.812, got '%s'.".formatted(after));
            }
            return new Place(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
        }
    }
}
