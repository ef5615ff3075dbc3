package main

import (
	"runtime"
	"time"
)

func main() {
	alive, since := runtime.NumGoroutine(), time.Now()
	for left := argument(); left > 0; left -= 1000 {
		for i := 0; i < 1000; i++ {
			go func() {}()
		}
		for runtime.NumGoroutine() > alive {
			runtime.Gosched()
		}
	}
	report(since)
}
