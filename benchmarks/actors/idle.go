package main

import "time"

func idle(own, back chan int) {
	for n := range own {
		back <- n
	}
}

func main() {
	back, since := mailbox(), time.Now()
	for left := argument(); left > 0; left -= 1000 {
		for i := 0; i < 1000; i++ {
			own := make(chan int, 1)
			go idle(own, back)
			own <- i
		}
		for i := 0; i < 1000; i++ {
			<-back
		}
	}
	report(since)
}
