package main

import "time"

func answer(back chan int) { back <- 1 }

func main() {
	back, since := mailbox(), time.Now()
	for left := argument(); left > 0; left -= 1000 {
		for i := 0; i < 1000; i++ {
			go answer(back)
		}
		for i := 0; i < 1000; i++ {
			<-back
		}
	}
	report(since)
}
