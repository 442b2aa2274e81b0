package dev.palimpsest.memory;

import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.SiteValues;
import java.util.Collections;
import java.util.List;

/// Importance of the sites after a task, and which of them are critical (`docs/methods/lorac-ipc.md` 4).
public final class ImportanceScores {

    private final SiteValues scores;
    private final SiteValues free;
    private final List<AdapterSite> sites;

    private ImportanceScores(SiteValues scores, SiteValues free, List<AdapterSite> sites) {
        this.scores = scores;
        this.free = free;
        this.sites = List.copyOf(sites);
    }

    /// `score = sensitivity * uncertainty`, 0 at sites that are frozen already.
    ///
    /// @param free mask that the task obeyed: 1 free, 0 frozen
    public static ImportanceScores of(
            SiteValues sensitivity, SiteValues uncertainty, SiteValues free, List<AdapterSite> sites) {
        return new ImportanceScores(sensitivity.times(uncertainty).times(free), free, sites);
    }

    public SiteValues scores() {
        return scores;
    }

    /// The mask for the next task: the K highest scores are critical and freeze, with `K = floor(fraction *
    /// N)`.
    ///
    /// Ties at the cut freeze more than K. K = 0 freezes nothing; with fewer than K free sites all of them
    /// freeze.
    ///
    /// @param overFree whether N counts the sites with a score only, else all
    public SiteValues freeze(double fraction, boolean overFree) {
        List<Double> sorted = sites.stream()
                .map(scores::at)
                .sorted(Collections.reverseOrder())
                .toList();
        long total = overFree ? sorted.stream().filter(score -> score != 0).count() : sorted.size();
        int critical = (int) Math.floor(total * fraction);
        if (critical == 0) {
            return free;
        }
        double cut = sorted.get(critical - 1);
        return SiteValues.of(free.depth(), site -> scores.at(site) >= cut ? 0 : free.at(site));
    }
}
