package dev.palimpsest.methods;

/// Nothing trains; no adapters.
class NearestClassMeanIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new NearestClassMean.Settings();
    }

    @Override
    boolean growsEachTask() {
        return false;
    }
}
