package dev.palimpsest.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the weights are made of while a task is learned, `docs/engine.md` 3.2 and 3.3:
///
/// ```
/// W = W0 + sum_j folded_j B_j A_j  +  sum_j past_gate * omega_j B_j A_j  +  gate * B A
/// ```
///
/// @param folded past adapters whose coefficient is constant during the task
/// @param gate coefficient of the adapter that trains
/// @param past past adapters with coefficients of this task, or null
/// @param free 1 where the orthogonality term applies
/// @param orthogonality weight of that term
public record TrainingView(
        AdapterView folded, SiteValues gate, TrainingView.@Nullable Past past, SiteValues free, double orthogonality) {

    /// Past adapters with coefficients of this task.
    ///
    /// @param gate scale where a site's coefficients are of this task, else 0
    /// @param omega start values, one entry for each past adapter
    /// @param trains whether they train, or stay as they are
    public record Past(SiteValues gate, List<SiteValues> omega, boolean trains) {
        public Past {
            omega = List.copyOf(omega);
        }

        /// Coefficients that train.
        public Past(SiteValues gate, List<SiteValues> omega) {
            this(gate, omega, true);
        }
    }

    /// The new adapter with its coefficient above constant ones; no further term.
    public static TrainingView plain(AdapterView folded, SiteValues gate) {
        return new TrainingView(folded, gate, null, SiteValues.all(gate.depth(), 0), 0);
    }
}
