package models

import (
	"regexp"
	"time"
)

// User is an account. SessionEpoch grows when the password changes or the
// account is closed; a session of an older epoch is no session any more.
type User struct {
	Name         string
	FullName     string
	Role         Role
	SessionEpoch int
	CreatedAt    time.Time
	Disabled     bool
}

var userName = regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)

// MinPasswordLength is in characters; there are no other rules about passwords.
const MinPasswordLength = 10

// ValidateUser says what is wrong with a new account's name, role or password.
func ValidateUser(name string, role Role, password string) error {
	var fields []FieldError
	if !userName.MatchString(name) {
		fields = append(fields, FieldError{"name", "A name is 1 to 64 lower-case letters, digits, dots, dashes or underscores."})
	}
	if !role.Valid() {
		fields = append(fields, FieldError{"role", "A role is planner, procurement, it, executive or admin."})
	}
	if len([]rune(password)) < MinPasswordLength {
		fields = append(fields, FieldError{"password", "A password has at least 10 characters."})
	}
	if fields == nil {
		return nil
	}
	return &Error{Code: CodeInvalid, Message: fields[0].Message, Fields: fields}
}
