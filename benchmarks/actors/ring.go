package main

import "time"

func member(own, next chan int) {
	for n := range own {
		next <- n + 1
	}
}

func main() {
	own := mailbox()
	next := own
	for i := 0; i < 999; i++ {
		another := mailbox()
		go member(another, next)
		next = another
	}
	since := time.Now()
	for left := argument() / 1000; left > 0; left-- {
		next <- left
		<-own
	}
	report(since)
}
