/** Why a setting isn't changed. */
export type SettingsCode = "bad_setting" | "settings_not_stored" | "settings_too_long";
