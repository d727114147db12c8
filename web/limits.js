// What the server takes. A test holds these numbers against it (main_limits_test.go).
export const nameMost = 20, passwordLeast = 8, passwordMost = 72; // characters; bytes
export const optionsLeast = 2, optionsMost = 8;
export const messageMost = 500, memoMost = 1000; // characters
export const fileMiB = 32;
