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
/// @param gate coefficient of the newest adapter, read where a part of it trains
/// @param past past adapters with coefficients of this task, or null
public record TrainingView(AdapterView folded, SiteValues gate, TrainingView.@Nullable Past past) {

    /// Past adapters with coefficients of this task.
    ///
    /// @param gate scale where a site's coefficients are of this task, else 0
    /// @param omega start values, one entry for each past adapter
    public record Past(SiteValues gate, List<SiteValues> omega) {
        public Past {
            omega = List.copyOf(omega);
        }
    }

    /// The newest adapter with its coefficient above constant ones.
    public static TrainingView plain(AdapterView folded, SiteValues gate) {
        return new TrainingView(folded, gate, null);
    }
}
