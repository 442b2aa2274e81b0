package dev.palimpsest.web;

import dev.palimpsest.catalogue.BackboneRequest;
import dev.palimpsest.catalogue.RegisteredBackbone;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A backbone as it stands on the wire.
record BackboneAnswer(
        String object,
        String id,
        String name,
        String status,
        String architecture,
        int patchSize,
        int imageSize,
        int width,
        int depth,
        int heads,
        long parameterCount,
        @Nullable String sha256,
        long sizeBytes,
        List<Double> mean,
        List<Double> std,
        double cropFraction,
        String inputProfile,
        @Nullable String seenData,
        Instant createdAt) {

    static BackboneAnswer of(RegisteredBackbone backbone) {
        BackboneRequest request = backbone.request();
        return new BackboneAnswer(
                "backbone",
                backbone.id(),
                request.shownName(),
                backbone.state().wire(),
                request.architecture().name().toLowerCase(Locale.ROOT),
                backbone.patchSize(),
                backbone.imageSize(),
                backbone.width(),
                backbone.depth(),
                backbone.heads(),
                backbone.parameterCount(),
                backbone.sha256().orElse(null),
                backbone.sizeBytes(),
                request.mean(),
                request.std(),
                request.cropFraction(),
                request.inputProfile().wire(),
                request.seenData(),
                backbone.createdAt());
    }
}
