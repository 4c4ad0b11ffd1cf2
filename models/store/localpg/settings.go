package localpg

import (
	"maps"
	"slices"
)

// fixedSettings are those that the supervisor relies on. Of the server's log
// only its own life is wanted: statements and rows, which errors quote, are the
// application's to report, and may hold what must not be logged.
func fixedSettings(sockets string) map[string]string {
	return map[string]string{
		"listen_addresses":        "",
		"port":                    port,
		"unix_socket_directories": sockets,
		"unix_socket_permissions": "0700",
		"logging_collector":       "off",
		"log_destination":         "stderr",
		"log_line_prefix":         "",
		"log_min_messages":        "log",
		"log_error_verbosity":     "terse",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
	}
}

func mergeSettings(wanted map[string]string, sockets string) map[string]string {
	all := map[string]string{
		"shared_buffers": "256MB",
		"max_wal_size":   "2GB",
	}
	maps.Copy(all, wanted)
	maps.Copy(all, fixedSettings(sockets))
	return all
}

// arguments renders settings as command line options, which win over every file.
func arguments(settings map[string]string) []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}
