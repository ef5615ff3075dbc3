// The frame of the programs in Go, compiled together with one of them: its argument, and the time it takes.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func argument() int {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic("the argument is a number")
	}
	return n
}

// Mailbox is a channel that takes a few messages without a waiting receiver.
func mailbox() chan int { return make(chan int, 1000) }

// Report prints the milliseconds since a time.
func report(since time.Time) {
	fmt.Printf("%.3f\n", float64(time.Since(since).Microseconds())/1000)
}
