package backup

import "testing"

func TestPasswordsStayOutOfArguments(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"postgres://u:secret@h:5432/d?sslmode=require&pool_max_conns=5": "postgres://u@h:5432/d?sslmode=require",
		"postgresql://u@/d?host=%2Ftmp%2Fa+b&password=secret":           "postgresql://u@/d?host=%2Ftmp%2Fa%20b",
		"host=h password=secret dbname=d":                               "host=h  dbname=d",
		`host=h password = 'se\'cret word' dbname=d`:                    "host=h  dbname=d",
	} {
		if got := withoutSecrets(dsn); got != want {
			t.Errorf("%s becomes %s, want %s", dsn, got, want)
		}
	}
}
