system('sh', '-c', '{script}', 'sh', *ARGV)
