package dev.palimpsest.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a matrix of counts does not know itself and some definitions need.
///
/// Start from [#of] and add what there is; what is not added is a null
/// with its reason, never a guess.
///
/// @param scenario of the plan
/// @param companions matrices of the same rows in other measures
/// @param untrainedCorrect counts of the untrained start by task, b
/// @param jointAccuracy by task k: percentage on task k of a model trained jointly on tasks up to k, a*
/// @param singleAccuracy by task: percentage of the source model of a merge
/// @param inferenceParameters parameters needed for inference after each task
public record MetricContext(
        Scenario scenario,
        Map<Measure, AccuracyMatrix> companions,
        List<@Nullable Integer> untrainedCorrect,
        List<@Nullable Double> jointAccuracy,
        List<@Nullable Double> singleAccuracy,
        List<Long> inferenceParameters) {

    public MetricContext {
        companions = Map.copyOf(companions);
        untrainedCorrect = Collections.unmodifiableList(new ArrayList<>(untrainedCorrect));
        jointAccuracy = Collections.unmodifiableList(new ArrayList<>(jointAccuracy));
        singleAccuracy = Collections.unmodifiableList(new ArrayList<>(singleAccuracy));
        inferenceParameters = List.copyOf(inferenceParameters);
    }

    public static MetricContext of(Scenario scenario) {
        return new MetricContext(scenario, Map.of(), List.of(), List.of(), List.of(), List.of());
    }

    public MetricContext withCompanions(Map<Measure, AccuracyMatrix> matrices) {
        return new MetricContext(
                scenario, matrices, untrainedCorrect, jointAccuracy, singleAccuracy, inferenceParameters);
    }

    public MetricContext withUntrainedCorrect(List<? extends @Nullable Integer> counts) {
        return new MetricContext(
                scenario, companions, new ArrayList<>(counts), jointAccuracy, singleAccuracy, inferenceParameters);
    }

    public MetricContext withJointAccuracy(List<? extends @Nullable Double> percent) {
        return new MetricContext(
                scenario, companions, untrainedCorrect, new ArrayList<>(percent), singleAccuracy, inferenceParameters);
    }

    public MetricContext withSingleAccuracy(List<? extends @Nullable Double> percent) {
        return new MetricContext(
                scenario, companions, untrainedCorrect, jointAccuracy, new ArrayList<>(percent), inferenceParameters);
    }

    public MetricContext withInferenceParameters(List<Long> parameters) {
        return new MetricContext(scenario, companions, untrainedCorrect, jointAccuracy, singleAccuracy, parameters);
    }
}
