package dev.palimpsest.experiments;

import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.Predicate;
import jakarta.persistence.criteria.Root;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;

/// Which experiments a list shows; several values of one filter mean "or", an empty list means all.
///
/// @param createdAfter,createdBefore exclusive
/// @param metadata key to allowed values
public record ExperimentFilter(
        List<String> statuses,
        List<String> methodNames,
        List<String> datasetIds,
        List<String> owners,
        List<String> nameContains,
        @Nullable Instant createdAfter,
        @Nullable Instant createdBefore,
        Map<String, List<String>> metadata) {

    public ExperimentFilter {
        statuses = List.copyOf(statuses);
        methodNames = List.copyOf(methodNames);
        datasetIds = List.copyOf(datasetIds);
        owners = List.copyOf(owners);
        nameContains = List.copyOf(nameContains);
        metadata = Map.copyOf(metadata);
    }

    boolean shows(ExperimentView view) {
        return statuses.isEmpty() || statuses.contains(view.status());
    }

    /// Everything but the state, which no column holds.
    Specification<Experiment> rows() {
        return (root, _, criteria) -> {
            List<Predicate> all = new ArrayList<>();
            Rows.in(root.get("methodName"), methodNames, all);
            Rows.in(root.get("datasetId"), datasetIds, all);
            Rows.in(root.get("owner"), owners, all);
            if (!nameContains.isEmpty()) {
                all.add(criteria.or(nameContains.stream()
                        .map(part -> contains(criteria, root, part))
                        .toArray(Predicate[]::new)));
            }
            if (createdAfter != null) {
                all.add(criteria.greaterThan(root.get("createdAt"), createdAfter));
            }
            if (createdBefore != null) {
                all.add(criteria.lessThan(root.get("createdAt"), createdBefore));
            }
            metadata.forEach((key, values) -> all.add(criteria.function(
                            "jsonb_extract_path_text", String.class, root.get("metadata"), criteria.literal(key))
                    .in(values)));
            return criteria.and(all.toArray(Predicate[]::new));
        };
    }

    private static Predicate contains(CriteriaBuilder criteria, Root<Experiment> root, String part) {
        return criteria.greaterThan(
                criteria.locate(criteria.lower(root.get("name")), part.toLowerCase(Locale.ROOT)), 0);
    }
}
