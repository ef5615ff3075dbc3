package main

import "time"

func echo(own, back chan int) {
	for n := range own {
		back <- n
	}
}

func main() {
	back, other := mailbox(), mailbox()
	go echo(other, back)
	since := time.Now()
	for left := argument(); left > 0; left-- {
		other <- left
		<-back
	}
	report(since)
}
