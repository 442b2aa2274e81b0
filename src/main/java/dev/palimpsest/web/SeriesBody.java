package dev.palimpsest.web;

import dev.palimpsest.results.MetricSeries;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Series of a job as they are answered.
record SeriesBody(String object, String jobId, List<Entry> series) {

    static final int MOST_POINTS = 10_000;

    @Schema(name = "Series")
    record Entry(
            String name,
            @Nullable String unit,
            String x,
            List<Point> points,
            long totalPoints,
            boolean downsampled,
            long nextAfterStep) {}

    @Schema(name = "SeriesPoint")
    record Point(
            int task, @Nullable Integer epoch, @Nullable Long step, double value, int attempt, Instant at) {}

    static SeriesBody of(UUID job, List<MetricSeries.Series> all) {
        List<Entry> entries = all.stream()
                .map(one -> new Entry(
                        one.name(),
                        one.unit(),
                        one.x(),
                        one.points().stream().map(SeriesBody::point).toList(),
                        one.totalPoints(),
                        one.downsampled(),
                        one.nextAfterStep()))
                .toList();
        return new SeriesBody("metric_series_list", Ids.job(job), entries);
    }

    private static Point point(MetricSeries.Point point) {
        return new Point(point.task(), point.epoch(), point.step(), point.value(), point.attempt(), point.at());
    }
}
