package main

import "time"

func sink(own, back chan int, left int) {
	for ; left > 0; left-- {
		<-own
	}
	back <- 0
}

func main() {
	n, since := argument(), time.Now()
	own, back := mailbox(), mailbox()
	go sink(own, back, n)
	for i := 0; i < n; i++ {
		own <- i
	}
	<-back
	report(since)
}
