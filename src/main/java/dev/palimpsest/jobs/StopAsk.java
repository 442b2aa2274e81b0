package dev.palimpsest.jobs;

/// What is asked of a running attempt; it only hardens.
public enum StopAsk {
    GO_ON,
    /// Save at the next safe point, then return: pause, or the node stops.
    STOP_AT_SAFE_POINT,
    /// Return between two steps without saving: cancel, time limit, another attempt owns the job, or the node
    /// cannot wait any longer.
    STOP_NOW
}
