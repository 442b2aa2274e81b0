package dev.palimpsest.jobs;

/// A device that a slot runs on.
///
/// @param kind `cpu` or `cuda`
/// @param index which one of its kind, from 0
/// @param memoryBytes of its own, or of the machine for a CPU
public record Device(String kind, int index, String name, long memoryBytes) {

    /// As programs name it: `cpu`, or `cuda:0` and so on.
    public String place() {
        return kind.equals("cpu") ? kind : kind + ":" + index;
    }
}
