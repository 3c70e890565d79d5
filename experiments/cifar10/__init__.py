"""The CIFAR-10 section of Hazan, Klivans and Yuan's paper (arXiv 1706.00764), run again in torch."""
