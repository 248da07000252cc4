/** Why an image isn't taken, or an update has ended. */
export type UpdateCode = "bad_image" | "bad_image_size" | "update_flash" | "update_not_activated" | "update_over";
