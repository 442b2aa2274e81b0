package dev.palimpsest.workers;

import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.jobs.StopCause;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What is asked of an attempt and since when: go on, stop at a safe point, stop now, be cut off. It only
/// climbs. Every `now` is a reading of one clock that never goes back, in nanoseconds from any origin.
///
/// @param cause why this node asked
/// @param handBackSince when the node first wanted its slot back; empty before
/// @param safePointUntil when patience for a safe point ends; empty where nothing ends it
/// @param stopNowSince when `STOP_NOW` was asked; empty before
record StopLadder(
        StopAsk ask,
        StopCause cause,
        @Nullable Long handBackSince,
        @Nullable Long safePointUntil,
        @Nullable Long stopNowSince) {

    static final StopLadder FOOT = new StopLadder(StopAsk.GO_ON, StopCause.NONE, null, null, null);

    /// The node wants its slot back. A second call never gives more time.
    ///
    /// @param patience for a safe point
    StopLadder handBack(Duration patience, long now) {
        long until = now + patience.toNanos();
        long sooner = safePointUntil == null || until - safePointUntil < 0 ? until : safePointUntil;
        StopCause why = cause == StopCause.NONE ? StopCause.HAND_BACK : cause;
        long since = handBackSince == null ? now : handBackSince;
        return new StopLadder(ask, why, since, sooner, stopNowSince).climb(StopAsk.STOP_AT_SAFE_POINT, now);
    }

    /// What people asked stands in the state of the job.
    StopLadder told(JobState state, long now) {
        return switch (state) {
            case CANCELLING -> climb(StopAsk.STOP_NOW, now);
            case PAUSING -> climb(StopAsk.STOP_AT_SAFE_POINT, now);
            case QUEUED, STARTING, RUNNING, PAUSED, SUCCEEDED, FAILED, CANCELLED -> this;
        };
    }

    StopLadder timeLimit(long now) {
        return new StopLadder(ask, StopCause.TIME_LIMIT, handBackSince, safePointUntil, stopNowSince)
                .climb(StopAsk.STOP_NOW, now);
    }

    /// Another attempt holds the job.
    StopLadder fenced(long now) {
        return climb(StopAsk.STOP_NOW, now);
    }

    /// What is asked at this time.
    StopLadder at(long now) {
        return safePointUntil != null && now - safePointUntil >= 0 ? climb(StopAsk.STOP_NOW, now) : this;
    }

    /// Whether the attempt has had this long since it was to stop at once.
    boolean deaf(Duration cutOffAfter, long now) {
        return stopNowSince != null && now - stopNowSince >= cutOffAfter.toNanos();
    }

    /// Whether the node has wanted its slot back for longer than this.
    boolean handedBackFor(Duration time, long now) {
        return handBackSince != null && now - handBackSince > time.toNanos();
    }

    private StopLadder climb(StopAsk rung, long now) {
        if (rung.compareTo(ask) <= 0) {
            return this;
        }
        return new StopLadder(
                rung, cause, handBackSince, safePointUntil, rung == StopAsk.STOP_NOW ? (Long) now : stopNowSince);
    }
}
