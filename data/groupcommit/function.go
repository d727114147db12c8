package groupcommit

import (
	"database/sql/driver"

	"modernc.org/sqlite"
)

// Function lets SQL call f: a migration may have to do what SQLite can't. It must be called before Open, and once for a
// name: all files of the process share it. What is not text, such as NULL, comes back as it is.
func Function(name string, f func(string) string) {
	sqlite.MustRegisterDeterministicScalarFunction(name, 1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			text, ok := args[0].(string)
			if !ok {
				return args[0], nil
			}
			return f(text), nil
		})
}
