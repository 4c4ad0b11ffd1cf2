package program

import (
	"io"
	"os"
)

// Publish writes a page to a file, or to the standard output when it is named "-".
func Publish(name string, write func(io.Writer)) error {
	if name == "-" {
		write(os.Stdout)
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	write(file)
	return file.Close()
}
