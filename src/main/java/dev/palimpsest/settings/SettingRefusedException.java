package dev.palimpsest.settings;

/// Thrown by the compact constructor of a settings record for a rule that no bound can say.
///
/// A plain `IllegalArgumentException` works too: it becomes the fault `out_of_range` of the whole record.
public final class SettingRefusedException extends IllegalArgumentException {

    private final String code;
    private final String setting;

    /// Refuses one setting.
    ///
    /// @param code the fault's code, `missing_field` for instance
    /// @param setting name on the wire of the setting the fault is about
    /// @param message the thing, the value and what is allowed
    public SettingRefusedException(String code, String setting, String message) {
        super(message);
        this.code = code;
        this.setting = setting;
    }

    public String code() {
        return code;
    }

    public String setting() {
        return setting;
    }
}
