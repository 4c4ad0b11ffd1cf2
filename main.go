// Command throughline is the operations control tower for distributors.
package main

func main() {}
