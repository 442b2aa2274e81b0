package dev.palimpsest.memory;

import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.SiteValues;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

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

    /// The mask for the next task as the published program makes it: the K highest scores are critical and freeze,
    /// with `K = floor(fraction * N)`.
    ///
    /// Ties at the cut freeze more than K, which takes every site where all scores are 0. K = 0 freezes nothing;
    /// with fewer than K free sites all of them freeze.
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

    /// The mask for the next task with at most K sites more frozen: a score that says nothing, which is 0 or not
    /// finite, freezes no site, and of equal scores at the cut the sites that come first in the network freeze,
    /// block by block. Where scores are distinct, positive and finite, it is the mask of [#freeze].
    ///
    /// @param overFree whether N counts the sites with a score only, else all
    public SiteValues freezeAtMost(double fraction, boolean overFree) {
        List<AdapterSite> critical = sites.stream()
                .filter(site -> scores.at(site) > 0 && Double.isFinite(scores.at(site)))
                .sorted(Comparator.comparingDouble((AdapterSite site) -> scores.at(site))
                        .reversed()
                        .thenComparingInt(AdapterSite::block)
                        .thenComparingInt(site -> site.matrix().index()))
                .toList();
        int most = (int) Math.floor((overFree ? critical.size() : sites.size()) * fraction);
        Set<AdapterSite> chosen = Set.copyOf(critical.subList(0, Math.min(most, critical.size())));
        return SiteValues.of(free.depth(), site -> chosen.contains(site) ? 0 : free.at(site));
    }
}
