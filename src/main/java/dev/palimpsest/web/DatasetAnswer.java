package dev.palimpsest.web;

import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.DatasetRequest;
import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.settings.SettingsBinder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A data set as it stands on the wire. What the check finds is null until it has ended.
record DatasetAnswer(
        String object,
        String id,
        String name,
        String status,
        String kind,
        @Nullable String layout,
        @Nullable String sha256,
        @Nullable Integer classCount,
        List<String> groups,
        @Nullable Integer trainImages,
        @Nullable Integer testImages,
        @Nullable SideRange width,
        @Nullable SideRange height,
        List<DatasetCheck.Check> checks,
        @Nullable JsonNode defaultSplit,
        @Nullable String citation,
        Instant createdAt) {

    /// The smallest and the largest side of the pictures.
    record SideRange(int min, int max) {

        static SideRange of(DatasetCheck.Range range) {
            return new SideRange(range.min(), range.max());
        }
    }

    static DatasetAnswer of(RegisteredDataset dataset) {
        DatasetRequest request = dataset.request();
        SplitSpec split = request.defaultSplit();
        DatasetCheck.Report report = dataset.facts().map(DatasetFacts::report).orElse(null);
        return new DatasetAnswer(
                "dataset",
                dataset.id(),
                request.shownName(),
                dataset.state().wire(),
                request.kind(),
                request instanceof DatasetRequest.Images images
                        ? images.layout().wireName()
                        : null,
                dataset.sha256().orElse(null),
                report == null ? null : report.classCount(),
                report == null ? List.of() : report.groups(),
                report == null ? null : report.trainImages(),
                report == null ? null : report.testImages(),
                report == null ? null : SideRange.of(report.width()),
                report == null ? null : SideRange.of(report.height()),
                report == null ? List.of() : report.checks(),
                split == null ? null : SettingsBinder.write(split),
                request.citation(),
                dataset.createdAt());
    }
}
